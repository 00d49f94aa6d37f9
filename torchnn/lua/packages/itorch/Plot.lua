-- What `require 'itorch.Plot'` gives.
return require('itorch').Plot
