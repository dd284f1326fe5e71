// Coverage of the program by its tests.
'use strict';

// begin says, as Node does where it has no inspector, that there is none.
exports.begin = () => { process.emitWarning('The inspector is disabled, coverage could not be collected'); };
