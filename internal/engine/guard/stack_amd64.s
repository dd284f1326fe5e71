#include "textflag.h"

// func stackUsed() uintptr: g.stack.hi, the second word of g, less the caller's stack pointer.
TEXT ·stackUsed(SB), NOSPLIT, $0-8
	MOVQ TLS, CX
	MOVQ 0(CX)(TLS*1), AX
	MOVQ 8(AX), AX
	LEAQ ret+0(FP), CX
	SUBQ CX, AX
	MOVQ AX, ret+0(FP)
	RET
