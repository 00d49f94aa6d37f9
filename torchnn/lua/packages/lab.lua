-- The package `lab`: what torch has in common with Matlab, in programs from before it was part of torch.
lab = torch
return lab
