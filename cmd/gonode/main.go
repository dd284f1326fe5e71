// internal/cli reads the control group's share of processors when there is first work for several; Go would at each start.
//
//go:debug containermaxprocs=0
//go:debug updatemaxprocs=0

// Command gonode runs Node.js scripts. See gonode --help.
package main

import (
	"os"

	"gonode/internal/cli"
	_ "gonode/internal/deferred/putoff"
	_ "gonode/internal/memory/unsampled"
)

func main() { os.Exit(cli.Run(os.Args)) }
