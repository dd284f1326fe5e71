package child_process

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gonode/internal/handle"
	"gonode/internal/sys"
	"gonode/runtime"
)

// `node` means this program: as the command of a child directly, and for shells and #! lines through a directory that
// leads the child's PATH and holds a link of that name.

type nodeLinkKey struct{}

// lead puts the directory at the head of the child's PATH and resolves the command `node`.
func lead(rt *runtime.Runtime, o *handle.SpawnOptions) {
	dir := nodeDir(rt)
	if dir != "" {
		for i, kv := range o.Env {
			if path, ok := strings.CutPrefix(kv, "PATH="); ok {
				if path != dir && !strings.HasPrefix(path, dir+":") {
					o.Env[i] = "PATH=" + dir + ":" + path
				}
				break
			}
		}
	}
	if o.File == "node" {
		if o.File = rt.ExecPath(); dir != "" {
			o.File = dir + "/node"
		}
	}
	exe := rt.ExecPath()
	if o.File == exe || dir != "" && o.File == dir+"/node" {
		o.Tasks = sys.TasksAtStart
	}
	if o.File == exe && rt.Config().Hosted {
		o.Env = append(o.Env, runtime.ChildEnv+"=1")
	}
}

// nodeDir is the directory, "" where none can be made.
func nodeDir(rt *runtime.Runtime) string {
	if dir, ok := rt.Value(nodeLinkKey{}).(string); ok {
		return dir
	}
	dir := ""
	for _, base := range sys.CacheDirs() {
		if d, err := makeNodeDir(base, rt.ExecPath()); err == nil {
			dir = d
			break
		}
	}
	rt.SetValue(nodeLinkKey{}, dir)
	return dir
}

// makeNodeDir makes base/node-<hash of exe>/node, a link to exe, unless it is there. Directories that another user
// could write to are refused: whoever controls the link controls what scripts run.
func makeNodeDir(base, exe string) (string, error) {
	sum := sha256.Sum256([]byte(exe))
	dir := base + "/node-" + hex.EncodeToString(sum[:8])
	link := dir + "/node"
	if sys.Private(base) && sys.Private(dir) {
		if to, err := os.Readlink(link); err == nil && to == exe {
			return dir, nil
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	if !sys.Private(base) || !sys.Private(dir) {
		return "", os.ErrPermission
	}
	prune(base, dir)
	temporary := dir + "/." + strconv.Itoa(os.Getpid())
	os.Remove(temporary)
	if err := os.Symlink(exe, temporary); err != nil {
		return "", err
	}
	if err := os.Rename(temporary, link); err != nil {
		os.Remove(temporary)
		return "", err
	}
	return dir, nil
}

// prune removes the directories of programs that are gone, such as those of `go run`.
func prune(base, keep string) {
	dirs, _ := filepath.Glob(base + "/node-*")
	for _, dir := range dirs {
		if dir == keep {
			continue
		}
		if _, err := os.Stat(dir + "/node"); os.IsNotExist(err) {
			os.Remove(dir + "/node")
			os.Remove(dir)
		}
	}
}
