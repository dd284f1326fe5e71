package fs

import (
	"github.com/dop251/goja"
	"golang.org/x/sys/unix"
)

// constant is one entry of fs.constants.
type constant struct {
	name  string
	value int
}

// The types of directory entries, as libuv numbers them.
const (
	direntUnknown = iota
	direntFile
	direntDir
	direntLink
	direntFIFO
	direntSocket
	direntChar
	direntBlock
)

const (
	copyExclusive  = 1
	copyClone      = 2
	copyCloneForce = 4
)

func (m *module) constants() *goja.Object {
	o := m.vm.CreateObject(nil)
	for _, list := range [][]constant{{
		{"UV_FS_SYMLINK_DIR", 1}, {"UV_FS_SYMLINK_JUNCTION", 2},
		{"O_RDONLY", unix.O_RDONLY}, {"O_WRONLY", unix.O_WRONLY}, {"O_RDWR", unix.O_RDWR},
		{"UV_DIRENT_UNKNOWN", direntUnknown}, {"UV_DIRENT_FILE", direntFile}, {"UV_DIRENT_DIR", direntDir},
		{"UV_DIRENT_LINK", direntLink}, {"UV_DIRENT_FIFO", direntFIFO}, {"UV_DIRENT_SOCKET", direntSocket},
		{"UV_DIRENT_CHAR", direntChar}, {"UV_DIRENT_BLOCK", direntBlock},
		{"S_IFMT", unix.S_IFMT}, {"S_IFREG", unix.S_IFREG}, {"S_IFDIR", unix.S_IFDIR}, {"S_IFCHR", unix.S_IFCHR},
		{"S_IFBLK", unix.S_IFBLK}, {"S_IFIFO", unix.S_IFIFO}, {"S_IFLNK", unix.S_IFLNK}, {"S_IFSOCK", unix.S_IFSOCK},
		{"O_CREAT", unix.O_CREAT}, {"O_EXCL", unix.O_EXCL}, {"UV_FS_O_FILEMAP", 0},
		{"UV_FS_O_TEMPORARY", 0}, {"UV_FS_O_SHORT_LIVED", 0}, {"UV_FS_O_SEQUENTIAL", 0}, {"UV_FS_O_RANDOM", 0}, {"O_NOCTTY", unix.O_NOCTTY},
		{"O_TRUNC", unix.O_TRUNC}, {"O_APPEND", unix.O_APPEND}, {"O_DIRECTORY", unix.O_DIRECTORY},
	}, platformConstants, {
		{"O_NOFOLLOW", unix.O_NOFOLLOW}, {"O_SYNC", unix.O_SYNC}, {"O_DSYNC", unix.O_DSYNC}, {"O_NONBLOCK", unix.O_NONBLOCK},
		{"S_IRWXU", 0o700}, {"S_IRUSR", 0o400}, {"S_IWUSR", 0o200}, {"S_IXUSR", 0o100},
		{"S_IRWXG", 0o070}, {"S_IRGRP", 0o040}, {"S_IWGRP", 0o020}, {"S_IXGRP", 0o010},
		{"S_IRWXO", 0o007}, {"S_IROTH", 0o004}, {"S_IWOTH", 0o002}, {"S_IXOTH", 0o001},
		{"F_OK", 0}, {"R_OK", 4}, {"W_OK", 2}, {"X_OK", 1},
		{"UV_FS_COPYFILE_EXCL", copyExclusive}, {"COPYFILE_EXCL", copyExclusive},
		{"UV_FS_COPYFILE_FICLONE", copyClone}, {"COPYFILE_FICLONE", copyClone},
		{"UV_FS_COPYFILE_FICLONE_FORCE", copyCloneForce}, {"COPYFILE_FICLONE_FORCE", copyCloneForce},
	}} {
		for _, c := range list {
			o.DefineDataProperty(c.name, m.vm.ToValue(c.value), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_TRUE)
		}
	}
	return o
}
