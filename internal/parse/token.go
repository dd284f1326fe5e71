package parse

import "github.com/dop251/goja/unistring"

type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokName
	tokPrivate
	tokNumber
	tokBigInt
	tokString
	tokTemplate // the backtick
	tokPunct
)

// lexeme is a token.
type lexeme struct {
	kind       tokenKind
	start, end int
	newline    bool   // a line ended before it
	escaped    bool   // the name was written with escapes
	punct      punct  // of tokPunct
	name       string // of a name or a private name, ASCII or UTF-8
	// octal is where a string has a legacy octal escape or is a legacy octal number, plus one; eight says that it is \8 or \9, or 08.
	octal int
	eight bool
	value unistring.String // of a string
}

type punct uint8

// The punctuators, in the order of their text in puncts.
const (
	pNone punct = iota
	pBraceL
	pBraceR
	pParenL
	pParenR
	pBracketL
	pBracketR
	pDot
	pEllipsis
	pSemicolon
	pComma
	pLess
	pGreater
	pLessEqual
	pGreaterEqual
	pEqual
	pNotEqual
	pStrictEqual
	pStrictNotEqual
	pPlus
	pMinus
	pStar
	pSlash
	pPercent
	pStarStar
	pIncrement
	pDecrement
	pShiftLeft
	pShiftRight
	pShiftRightUnsigned
	pAnd
	pOr
	pXor
	pNot
	pTilde
	pLogicalAnd
	pLogicalOr
	pCoalesce
	pQuestion
	pOptional
	pColon
	pAssign
	pPlusAssign
	pMinusAssign
	pStarAssign
	pSlashAssign
	pPercentAssign
	pStarStarAssign
	pShiftLeftAssign
	pShiftRightAssign
	pShiftRightUnsignedAssign
	pAndAssign
	pOrAssign
	pXorAssign
	pLogicalAndAssign
	pLogicalOrAssign
	pCoalesceAssign
	pArrow
	pAt
)
