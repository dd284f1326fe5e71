package guard

var StackUsed = stackUsed
