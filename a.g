Error: Cannot find module '/work/h2/a.js'
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5) {
  code: 'MODULE_NOT_FOUND',
  requireStack: []
}

Node.js v20.20.2
