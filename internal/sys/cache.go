package sys

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// CacheDirs are the folders that may hold what a user's programs keep between runs, the best first. None needs to exist.
func CacheDirs() []string {
	var dirs []string
	if d, err := os.UserCacheDir(); err == nil && filepath.IsAbs(d) {
		dirs = append(dirs, d+"/gonode")
	}
	if d := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(d) {
		dirs = append(dirs, d+"/gonode")
	}
	return append(dirs, filepath.Join(os.TempDir(), "gonode-"+strconv.Itoa(os.Getuid())))
}

// Private tells a real directory of this user's that nobody else may write to, nor put another one in its place.
func Private(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || info.Mode().Perm()&0o022 != 0 {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid() && stays(dir)
}

// stays tells whether nobody but this user and root can rename or remove a directory, by who may write to those above it. Of a group that
// is the user's own, as where each user has one, nobody else is expected.
func stays(dir string) bool {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return false
	}
	for dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir)
		info, err := os.Lstat(dir)
		if err != nil {
			return false
		}
		if info.Mode()&os.ModeSticky != 0 {
			continue
		}
		perm := info.Mode().Perm()
		st, ok := info.Sys().(*syscall.Stat_t)
		if !ok || perm&0o002 != 0 || perm&0o020 != 0 && int(st.Gid) != os.Getegid() && st.Gid != 0 {
			return false
		}
	}
	return true
}

// OwnDir makes a directory that is Private.
func OwnDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if !Private(dir) {
		return &os.PathError{Op: "use", Path: dir, Err: os.ErrPermission}
	}
	return nil
}
