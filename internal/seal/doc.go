// Package seal encrypts a secret to the public keys of its recipients, so that it can be
// stored in public.
//
// Each recipient gets a ciphertext of its own: an ASCII-armored age file for an
// age or SSH key, a libsodium sealed box in base64 for a key written as nacl:.
// The cryptography is that of filippo.io/age and golang.org/x/crypto/nacl/box.
//
// No error of this package contains its input. A private key in place of a public one,
// or the two arguments of [Open] in the wrong order, must not appear in a log.
package seal
