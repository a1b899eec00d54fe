//go:build !unix

package main

import "os"

// forwarded are the signals that a program receives from its parent. Windows itself sends an interrupt to all programs of a
// console. The mock only ignores it, so that it does not end first.
var forwarded = []os.Signal{os.Interrupt}

func sentByTerminal(os.Signal) bool { return true }

func exitStatus(state *os.ProcessState) int { return state.ExitCode() }
