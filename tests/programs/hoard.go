// SPDX-License-Identifier: Apache-2.0

// Hoard is the classic experiment: it appends a block of 100 MB to a slice every half second and prints the
// total, until it is stopped, killed, or told to stop.
//
// Should: behave as any Go program does (its own runtime, its own SIGTERM handler), and listen to weir's warnings.
// Must not: need a module, a network, or a Go newer than 1.19.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"
	"time"
)

var (
	stepMiB = flag.Int("step", 100, "MiB appended each time")
	every   = flag.Duration("every", 500*time.Millisecond, "pause between two appends")
	limit   = flag.Int("limit", 0, "appends after which it ends with 0 (0: never)")
	dropAt  = flag.Int("drop-at", 0, "drops everything when it hears of this rung or a higher one (0: never)")
)

// hoard is what is kept alive; the warning's goroutine may empty it at any time, also while a block is on its way.
type hoard struct {
	sync.Mutex
	blocks   [][]byte
	dropping sync.Mutex // held while drop is at work
}

// grow appends one block and touches each of its pages, since an untouched page costs nothing. It does not begin while
// drop is at work: a program that heeds the warning waits until the memory is back, however slow the machine is. Nor does
// drop wait for it: what is left of a block may be more than what is left of the limit.
func (h *hoard) grow(mib int) int {
	h.dropping.Lock()
	h.dropping.Unlock()
	block := make([]byte, mib<<20)
	for i := 0; i < len(block); i += 4096 {
		block[i] = 1
	}
	h.Lock()
	defer h.Unlock()
	h.blocks = append(h.blocks, block)
	return len(h.blocks) * mib
}

func (h *hoard) drop() {
	h.dropping.Lock()
	defer h.dropping.Unlock()
	h.Lock()
	h.blocks = nil
	h.Unlock()
	debug.FreeOSMemory()
	fmt.Println("dropped")
}

// warning is the part of weir's line that this program cares for.
type warning struct {
	Rung int `json:"rung"`
}

// listen opens the FIFO for reading and writing, so that it neither waits for a writer nor ends with one.
func listen(path string, hear func(rung int)) {
	fifo, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		fmt.Fprintln(os.Stderr, "hoard:", err)
		return
	}
	for lines := bufio.NewScanner(fifo); lines.Scan(); {
		var w warning
		if err := json.Unmarshal(lines.Bytes(), &w); err != nil {
			fmt.Fprintln(os.Stderr, "hoard: not a warning:", lines.Text())
			continue
		}
		hear(w.Rung)
	}
}

// drain is the end a program chooses for itself.
func drain() {
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	<-term
	fmt.Println("draining")
	time.Sleep(200 * time.Millisecond)
	os.Exit(0)
}

func main() {
	flag.Parse()
	kept := &hoard{}
	go drain()
	if path := os.Getenv("MEMORY_PRESSURE_WATCH"); path != "" {
		go listen(path, func(rung int) {
			fmt.Printf("heard %d%%\n", rung)
			if *dropAt > 0 && rung >= *dropAt {
				kept.drop()
			}
		})
	}
	for n := 0; *limit == 0 || n < *limit; n++ {
		fmt.Printf("%d MiB\n", kept.grow(*stepMiB))
		time.Sleep(*every)
	}
}
