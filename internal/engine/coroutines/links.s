// compileAST is the engine's, which lets a function without a body stand in this package.
