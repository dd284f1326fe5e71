// Package unsampled turns Go's heap profile off in the command until a runtime has a memory limit of its own, see package
// memory. It imports nothing of the program's, so that it comes before nearly all other packages' initialisation: to take a
// sample touches a megabyte of the program's tables.
package unsampled

import "runtime"

func init() { runtime.MemProfileRate = 0 }
