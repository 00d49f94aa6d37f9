-- threads.sharedserialize: values are handed over as they are, so that memory is shared.
return {save = torch.serializeToStorage, load = torch.deserializeFromStorage}
