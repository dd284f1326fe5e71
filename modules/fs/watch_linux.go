package fs

import (
	"bytes"
	"encoding/binary"
	"path"
	"slices"

	"golang.org/x/sys/unix"

	"gonode/internal/loop"
	"gonode/internal/sys"
)

// notifier is the runtime's one inotify instance, open while there are watchers.
type notifier struct {
	fd     int
	io     *loop.IO
	marks  map[int32][]mark // by watch descriptor: watchers of one file share it
	active int
}

// mark is what one watcher watches under a watch descriptor; name leads the names of events, "" at the root.
type mark struct {
	watcher   *watcher
	real      string
	relative  string
	directory bool
}

const watchMask = unix.IN_ATTRIB | unix.IN_CREATE | unix.IN_MODIFY | unix.IN_DELETE | unix.IN_DELETE_SELF |
	unix.IN_MOVE_SELF | unix.IN_MOVED_FROM | unix.IN_MOVED_TO

func (m *module) startWatch(w *watcher, p string) error {
	n := m.notifier
	if n == nil {
		fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
		if err != nil {
			return err
		}
		n = &notifier{fd: fd, marks: map[int32][]mark{}}
		n.io = m.rt.Loop().NewIO(fd, func(sys.Events) { n.ready() })
		if err := n.io.Set(sys.Readable); err != nil {
			unix.Close(fd)
			return err
		}
		m.notifier = n
	}
	n.active++
	real := m.real(p)
	err := n.add(w, real, "")
	if err == nil && w.recursive {
		n.addBelow(w, real, "", nil)
	}
	if err != nil {
		m.stopWatch(w)
	}
	return err
}

func (n *notifier) add(w *watcher, real, relative string) error {
	wd, err := retry(func() (wd int, err error) {
		err = w.m.at(real, true, func(path string) (err error) { wd, err = unix.InotifyAddWatch(n.fd, path, watchMask); return err })
		return wd, err
	})
	if err != nil {
		return err
	}
	id := int32(wd)
	for _, k := range n.marks[id] {
		if k.watcher == w {
			return nil
		}
	}
	n.marks[id] = append(n.marks[id], mark{watcher: w, real: real, relative: relative})
	return nil
}

// addBelow watches the directories in a directory, and tells found what it meets.
func (n *notifier) addBelow(w *watcher, real, relative string, found func(name string)) {
	entries, _ := w.m.readDir(real)
	for _, e := range entries {
		name := path.Join(relative, e.Name())
		if found != nil {
			found(name)
		}
		if e.IsDir() && !w.closed {
			if n.add(w, real+"/"+e.Name(), name) == nil {
				n.addBelow(w, real+"/"+e.Name(), name, found)
			}
		}
	}
}

func (m *module) stopWatch(w *watcher) {
	n := m.notifier
	if n == nil {
		return
	}
	for wd, list := range n.marks {
		kept := slices.DeleteFunc(slices.Clone(list), func(k mark) bool { return k.watcher == w })
		if len(kept) == 0 {
			unix.InotifyRmWatch(n.fd, uint32(wd))
			delete(n.marks, wd)
		} else {
			n.marks[wd] = kept
		}
	}
	if n.active--; n.active == 0 {
		n.io.Close()
		unix.Close(n.fd)
		n.fd = -1
		m.notifier = nil
	}
}

// ready reads events and passes them on. Watchers may close and open meanwhile.
func (n *notifier) ready() {
	b := make([]byte, 4096)
	size, err := retry(func() (int, error) { return unix.Read(n.fd, b) })
	if err != nil {
		return
	}
	for b = b[:size]; len(b) >= unix.SizeofInotifyEvent; {
		wd := int32(binary.NativeEndian.Uint32(b))
		mask := binary.NativeEndian.Uint32(b[4:])
		end := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(b[12:]))
		name, _, _ := bytes.Cut(b[unix.SizeofInotifyEvent:end], []byte{0})
		b = b[end:]
		for _, k := range slices.Clone(n.marks[wd]) {
			n.deliver(k, mask, string(name))
		}
		if mask&unix.IN_IGNORED != 0 && n.fd >= 0 {
			delete(n.marks, wd)
		}
	}
}

func (n *notifier) deliver(k mark, mask uint32, name string) {
	w := k.watcher
	event := "change"
	if mask&^uint32(unix.IN_ATTRIB|unix.IN_MODIFY|unix.IN_ISDIR) != 0 {
		event = "rename"
	}
	switch {
	case w.closed:
		return
	case name != "":
		full := path.Join(k.relative, name)
		w.changed(event, full)
		if w.recursive && mask&unix.IN_ISDIR != 0 && mask&(unix.IN_CREATE|unix.IN_MOVED_TO) != 0 && !w.closed {
			real := k.real + "/" + name
			if n.add(w, real, full) == nil {
				// What was made before the watch began would go unseen.
				n.addBelow(w, real, full, func(name string) {
					if !w.closed {
						w.changed("rename", name)
					}
				})
			}
		}
	case k.relative == "":
		w.changed(event, path.Base(k.real))
	}
}
