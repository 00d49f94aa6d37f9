-- threads.serialize: values are handed over as they are in any case.
return {save = torch.serializeToStorage, load = torch.deserializeFromStorage}
