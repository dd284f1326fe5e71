// Command gonode runs Node.js scripts. See gonode --help.
package main

import (
	"os"

	"gonode/internal/cli"
	_ "gonode/internal/memory/unsampled"
)

func main() { os.Exit(cli.Run(os.Args)) }
