#include "textflag.h"

// func stackUsed() uintptr: g.stack.hi, the second word of g, less the caller's stack pointer.
TEXT ·stackUsed(SB), NOSPLIT, $0-8
	MOVD 8(g), R0
	MOVD $ret+0(FP), R1
	SUB R1, R0, R0
	MOVD R0, ret+0(FP)
	RET
