-- threads.serialize: values are copied when they are handed over.
return {save = torch.serializeToStorage, load = torch.deserializeFromStorage}
