package program

// Op names the engine's instructions that passes are about. The engine's own name is in opNames.
type Op uint8

// The instructions; see opNames. None is any other.
const (
	None Op = iota
	LoadVal
	LoadUndef
	LoadNil
	SaveResult
	ClearResult
	LoadGlobalObject
	LoadStack
	LoadStack1
	LoadStackLex
	LoadStack1Lex
	LoadCallee
	StoreStack
	StoreStack1
	StoreStackLex
	StoreStack1Lex
	InitStackP
	InitStack1P
	StoreStackP
	StoreStack1P
	StoreStackLexP
	StoreStack1LexP
	ToNumber
	Add
	Sub
	Mul
	Exp
	Div
	Mod
	Neg
	Plus
	Inc
	Dec
	And
	Or
	Xor
	Bnot
	Sal
	Sar
	Shr
	Jump
	ToString
	GetElemRef
	GetElemRefStrict
	SetElem
	SetElemP
	SetElemStrict
	SetElemStrictP
	GetPropRef
	GetPropRefStrict
	SetProp
	SetPropP
	SetPropStrict
	SetPropStrictP
	PutProp
	GetProp
	GetPropCallee
	GetElem
	GetElemCallee
	GetKey
	Dup
	DupN
	RdupN
	DupLast
	NewObject
	NewArray
	PushArrayItem
	PushArraySpread
	PushSpread
	StoreStash
	StoreStashP
	StoreStashLex
	StoreStashLexP
	InitStash
	InitStashP
	LoadStash
	LoadStashLex
	LoadDynamic
	LoadDynamicCallee
	LoadDynamicRef
	ResolveVar1
	ResolveVar1Strict
	GetValue
	PutValue
	PutValueP
	InitValueP
	Pop
	CallEval
	CallEvalStrict
	CallEvalVariadic
	CallEvalVariadicStrict
	StartVariadic
	CallVariadic
	EndVariadic
	BoxThis
	Call
	EnterBlock
	EnterCatchBlock
	LeaveBlock
	EnterFunc
	EnterFunc1
	EnterFuncBody
	EnterFuncStashless
	Ret
	Cret
	NewFunc
	NewAsyncFunc
	NewGeneratorFunc
	NewMethod
	NewAsyncMethod
	NewGeneratorMethod
	NewArrowFunc
	NewAsyncArrowFunc
	NewClass
	NewDerivedClass
	BindGlobal
	JneP
	JeqP
	Jeq
	Jne
	Jdef
	JdefP
	Jopt
	Joptc
	Jcoalesc
	Not
	OpLt
	OpLte
	OpGt
	OpGte
	OpEq
	OpNeq
	OpStrictEq
	OpStrictNeq
	OpInstanceof
	OpIn
	Try
	LeaveTry
	EnterFinally
	LeaveFinally
	Throw
	New
	SuperCall
	Typeof
	Iterate
	IterateP
	IterNext
	GetTaggedTmplObject
	IterGetNextOrUndef
	NewArrayFromIter
	Enumerate
	EnumPop
	EnumPopClose
	EnumGet
	CopyStash
	CopySpread
	ConcatStrings
	LoadThisStash
	LoadThisStack
	YieldMarker
	NewRegexp
	DeleteElem
	DeleteElemStrict
	DeleteProp
	DeletePropStrict
	CheckObjectCoercible
	CreateArgsRestStack
	CreateArgsRestStash
	LoadSuper
	GetPropRecv
	GetPropRecvCallee
	GetPrivatePropRes
	GetPrivatePropResCallee
	SetPrivatePropRes
	SetPrivatePropResP
	ResolveThisStack
	DefinePropKeyed
	DefinePrivateProp
	SuperCallVariadic
	NewVariadic
	ops
)

var opNames = [ops]string{
	LoadVal:                 "loadVal",
	LoadUndef:               "_loadUndef",
	LoadNil:                 "_loadNil",
	SaveResult:              "_saveResult",
	ClearResult:             "_clearResult",
	LoadGlobalObject:        "_loadGlobalObject",
	LoadStack:               "loadStack",
	LoadStack1:              "loadStack1",
	LoadStackLex:            "loadStackLex",
	LoadStack1Lex:           "loadStack1Lex",
	LoadCallee:              "_loadCallee",
	StoreStack:              "storeStack",
	StoreStack1:             "storeStack1",
	StoreStackLex:           "storeStackLex",
	StoreStack1Lex:          "storeStack1Lex",
	InitStackP:              "initStackP",
	InitStack1P:             "initStack1P",
	StoreStackP:             "storeStackP",
	StoreStack1P:            "storeStack1P",
	StoreStackLexP:          "storeStackLexP",
	StoreStack1LexP:         "storeStack1LexP",
	ToNumber:                "_toNumber",
	Add:                     "_add",
	Sub:                     "_sub",
	Mul:                     "_mul",
	Exp:                     "_exp",
	Div:                     "_div",
	Mod:                     "_mod",
	Neg:                     "_neg",
	Plus:                    "_plus",
	Inc:                     "_inc",
	Dec:                     "_dec",
	And:                     "_and",
	Or:                      "_or",
	Xor:                     "_xor",
	Bnot:                    "_bnot",
	Sal:                     "_sal",
	Sar:                     "_sar",
	Shr:                     "_shr",
	Jump:                    "jump",
	ToString:                "_toString",
	GetElemRef:              "_getElemRef",
	GetElemRefStrict:        "_getElemRefStrict",
	SetElem:                 "_setElem",
	SetElemP:                "_setElemP",
	SetElemStrict:           "_setElemStrict",
	SetElemStrictP:          "_setElemStrictP",
	GetPropRef:              "getPropRef",
	GetPropRefStrict:        "getPropRefStrict",
	SetProp:                 "setProp",
	SetPropP:                "setPropP",
	SetPropStrict:           "setPropStrict",
	SetPropStrictP:          "setPropStrictP",
	PutProp:                 "putProp",
	GetProp:                 "getProp",
	GetPropCallee:           "getPropCallee",
	GetElem:                 "_getElem",
	GetElemCallee:           "_getElemCallee",
	GetKey:                  "_getKey",
	Dup:                     "_dup",
	DupN:                    "dupN",
	RdupN:                   "rdupN",
	DupLast:                 "dupLast",
	NewObject:               "_newObject",
	NewArray:                "newArray",
	PushArrayItem:           "_pushArrayItem",
	PushArraySpread:         "_pushArraySpread",
	PushSpread:              "_pushSpread",
	StoreStash:              "storeStash",
	StoreStashP:             "storeStashP",
	StoreStashLex:           "storeStashLex",
	StoreStashLexP:          "storeStashLexP",
	InitStash:               "initStash",
	InitStashP:              "initStashP",
	LoadStash:               "loadStash",
	LoadStashLex:            "loadStashLex",
	LoadDynamic:             "loadDynamic",
	LoadDynamicCallee:       "loadDynamicCallee",
	LoadDynamicRef:          "loadDynamicRef",
	ResolveVar1:             "resolveVar1",
	ResolveVar1Strict:       "resolveVar1Strict",
	GetValue:                "_getValue",
	PutValue:                "_putValue",
	PutValueP:               "_putValueP",
	InitValueP:              "_initValueP",
	Pop:                     "_pop",
	CallEval:                "callEval",
	CallEvalStrict:          "callEvalStrict",
	CallEvalVariadic:        "_callEvalVariadic",
	CallEvalVariadicStrict:  "_callEvalVariadicStrict",
	StartVariadic:           "_startVariadic",
	CallVariadic:            "_callVariadic",
	EndVariadic:             "_endVariadic",
	BoxThis:                 "_boxThis",
	Call:                    "call",
	EnterBlock:              "enterBlock",
	EnterCatchBlock:         "enterCatchBlock",
	LeaveBlock:              "leaveBlock",
	EnterFunc:               "enterFunc",
	EnterFunc1:              "enterFunc1",
	EnterFuncBody:           "enterFuncBody",
	EnterFuncStashless:      "enterFuncStashless",
	Ret:                     "_ret",
	Cret:                    "cret",
	NewFunc:                 "newFunc",
	NewAsyncFunc:            "newAsyncFunc",
	NewGeneratorFunc:        "newGeneratorFunc",
	NewMethod:               "newMethod",
	NewAsyncMethod:          "newAsyncMethod",
	NewGeneratorMethod:      "newGeneratorMethod",
	NewArrowFunc:            "newArrowFunc",
	NewAsyncArrowFunc:       "newAsyncArrowFunc",
	NewClass:                "newClass",
	NewDerivedClass:         "newDerivedClass",
	BindGlobal:              "bindGlobal",
	JneP:                    "jneP",
	JeqP:                    "jeqP",
	Jeq:                     "jeq",
	Jne:                     "jne",
	Jdef:                    "jdef",
	JdefP:                   "jdefP",
	Jopt:                    "jopt",
	Joptc:                   "joptc",
	Jcoalesc:                "jcoalesc",
	Not:                     "_not",
	OpLt:                    "_op_lt",
	OpLte:                   "_op_lte",
	OpGt:                    "_op_gt",
	OpGte:                   "_op_gte",
	OpEq:                    "_op_eq",
	OpNeq:                   "_op_neq",
	OpStrictEq:              "_op_strict_eq",
	OpStrictNeq:             "_op_strict_neq",
	OpInstanceof:            "_op_instanceof",
	OpIn:                    "_op_in",
	Try:                     "try",
	LeaveTry:                "leaveTry",
	EnterFinally:            "enterFinally",
	LeaveFinally:            "leaveFinally",
	Throw:                   "_throw",
	New:                     "_new",
	SuperCall:               "superCall",
	Typeof:                  "_typeof",
	Iterate:                 "_iterate",
	IterateP:                "_iterateP",
	IterNext:                "iterNext",
	GetTaggedTmplObject:     "getTaggedTmplObject",
	IterGetNextOrUndef:      "iterGetNextOrUndef",
	NewArrayFromIter:        "_newArrayFromIter",
	Enumerate:               "_enumerate",
	EnumPop:                 "_enumPop",
	EnumPopClose:            "_enumPopClose",
	EnumGet:                 "_enumGet",
	CopyStash:               "copyStash",
	CopySpread:              "_copySpread",
	ConcatStrings:           "concatStrings",
	LoadThisStash:           "loadThisStash",
	LoadThisStack:           "loadThisStack",
	YieldMarker:             "yieldMarker",
	NewRegexp:               "newRegexp",
	DeleteElem:              "_deleteElem",
	DeleteElemStrict:        "_deleteElemStrict",
	DeleteProp:              "deleteProp",
	DeletePropStrict:        "deletePropStrict",
	CheckObjectCoercible:    "_checkObjectCoercible",
	CreateArgsRestStack:     "createArgsRestStack",
	CreateArgsRestStash:     "_createArgsRestStash",
	LoadSuper:               "_loadSuper",
	GetPropRecv:             "getPropRecv",
	GetPropRecvCallee:       "getPropRecvCallee",
	GetPrivatePropRes:       "getPrivatePropRes",
	GetPrivatePropResCallee: "getPrivatePropResCallee",
	SetPrivatePropRes:       "setPrivatePropRes",
	SetPrivatePropResP:      "setPrivatePropResP",
	ResolveThisStack:        "resolveThisStack",
	DefinePropKeyed:         "definePropKeyed",
	DefinePrivateProp:       "definePrivateProp",
	SuperCallVariadic:       "_superCallVariadic",
	NewVariadic:             "_newVariadic",
}

// String is the engine's name.
func (o Op) String() string { return opNames[o] }

func opOf(name string) Op {
	for op, n := range opNames {
		if n == name {
			return Op(op)
		}
	}
	return None
}
