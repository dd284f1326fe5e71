package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonode/modules"
	"gonode/runtime"
)

// A host is asked for each database's file, whichever way a script comes to it.
func TestAccess(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var asked []string
	var out bytes.Buffer
	kinds := map[runtime.Access]string{runtime.AccessRead: "read", runtime.AccessWrite: "write"}
	rt, err := runtime.New(runtime.Config{Modules: modules.All(), Dir: dir, Stdout: &out,
		Access: func(kind runtime.Access, path string) error {
			if strings.HasPrefix(path, dir) {
				asked = append(asked, kinds[kind]+" "+strings.TrimPrefix(path, dir))
			}
			if strings.Contains(path, "secret") || kind == runtime.AccessWrite && strings.Contains(path, "fixed") {
				return errors.New("not yours")
			}
			return nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close()
	err = rt.RunScript(context.Background(), "main.js", `
		const { DatabaseSync, backup } = require('node:sqlite');
		const tell = (name, f) => { try { f(); console.log(name, 'done'); } catch (e) { console.log(name, e.code, e.permission, e.message, e.resource.slice(process.cwd().length)); } };
		const db = new DatabaseSync('open.db');
		for (const name of ['attached.db', 'file:uri.db']) db.exec("attach '" + name + "' as a; create table a.t(a); detach a");
		db.exec('create table t(a)');
		tell('attach', () => db.exec("attach 'secret1.db' as s"));
		tell('parameter', () => db.prepare('attach ? as s').run('secret2.db'));
		tell('vacuum', () => db.exec("vacuum into 'secret3.db'"));
		tell('open', () => new DatabaseSync('secret4.db'));
		for (const vfs of ['unix', 'unix-none', 'unix-dotfile', 'unix-excl']) tell(vfs, () => new DatabaseSync('file:' + process.cwd() + '/secret5.db?vfs=' + vfs));
		tell('write', () => new DatabaseSync('fixed.db'));
		tell('backup', () => backup(db, 'secret6.db'));
		tell('memory', () => { const m = new DatabaseSync(':memory:'); m.deserialize(db.serialize()); });
		tell('temporary', () => new DatabaseSync('').exec('create table t(a)'));
		db.close();
		tell('read', () => new DatabaseSync('open.db', { readOnly: true }));
	`)
	if err != nil {
		t.Fatal(err)
	}
	want := `attach ERR_ACCESS_DENIED FileSystemRead not yours /secret1.db
parameter ERR_ACCESS_DENIED FileSystemRead not yours /secret2.db
vacuum ERR_ACCESS_DENIED FileSystemRead not yours /secret3.db
open ERR_ACCESS_DENIED FileSystemRead not yours /secret4.db
unix ERR_ACCESS_DENIED FileSystemRead not yours /secret5.db
unix-none ERR_ACCESS_DENIED FileSystemRead not yours /secret5.db
unix-dotfile ERR_ACCESS_DENIED FileSystemRead not yours /secret5.db
unix-excl ERR_ACCESS_DENIED FileSystemRead not yours /secret5.db
write ERR_ACCESS_DENIED FileSystemWrite not yours /fixed.db
backup ERR_ACCESS_DENIED FileSystemRead not yours /secret6.db
memory done
temporary done
read done
`
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
	if _, err := os.Stat(filepath.Join(dir, "attached.db")); err != nil {
		t.Error(err) // paths are seen from the runtime's directory
	}
	if made, _ := filepath.Glob(filepath.Join(dir, "[sf]*.db")); made != nil {
		t.Errorf("files were made: %v", made)
	}
	if first, last := asked[:2], asked[len(asked)-1]; !slices.Equal(first, []string{"read /open.db", "write /open.db"}) || last != "read /open.db" {
		t.Errorf("asked for %q", asked)
	}
}
