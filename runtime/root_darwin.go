package runtime

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Root is a directory that takes the place of the system's root for module fs, which needs Linux.
type Root struct{}

func openRoot(*os.Root) (*Root, error) {
	return nil, errors.New("runtime: Policy.Root needs Linux")
}

// Open is not there.
func (*Root) Open(string, int, uint32) (int, error) { return -1, unix.ENOSYS }

// At is not there.
func (*Root) At(string, bool, func(string) error) error { return unix.ENOSYS }

func (*Root) close() {}
