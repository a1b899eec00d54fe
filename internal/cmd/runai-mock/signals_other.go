//go:build !unix

package main

import "os"

// forwarded are the signals that a program receives from its parent. Windows sends an interrupt to all programs of a
// console by itself; here it is only kept from ending the mock first.
var forwarded = []os.Signal{os.Interrupt}

func sentByTerminal(os.Signal) bool { return true }

func exitStatus(state *os.ProcessState) int { return state.ExitCode() }
