package main

import (
	"fmt"
	"os/exec"
	"sync"
	"time"
)

// other hammers a program that something else keeps running, while that reloads it.
func other() {
	var done sync.WaitGroup
	stop := make(chan struct{})
	for range *websockets {
		done.Go(func() { websocket(*running, stop) })
	}
	for i := range *clients {
		done.Go(func() { client(i, *running, stop) })
	}
	began, events := time.Now(), 0
	for *reloadBy != "" && events < *reloads {
		if out, err := exec.Command("sh", "-c", *reloadBy).CombinedOutput(); err != nil {
			fmt.Printf("%s: %v: %s\n", *reloadBy, err, out)
		}
		events++
		time.Sleep(time.Until(began.Add(*duration * time.Duration(events) / time.Duration(*reloads))))
	}
	time.Sleep(time.Until(began.Add(*duration)))
	took := time.Since(began)
	close(stop)
	done.Wait()
	fmt.Printf("%d reloads in %v: %d served, %d failed, %d repeated, %d refused, %d connections\n", events, took.Round(10*time.Millisecond),
		served.Load(), failed.Load(), repeated.Load(), refused.Load(), connections.Load())
	if *websockets > 0 {
		fmt.Printf("WebSockets: %d opened, %d closed with 1001, %d lost\n", opened.Load(), goneAway.Load(), lost.Load())
	}
}
