// glob of fs/promises: the binding finds all that there is.
'use strict';

module.exports = {
  async *glob(pattern, options) {
    const found = await binding.walk(pattern, options);
    for (let i = 0; i < found.length; i++) yield found[i];
  },
};
