// Package seal encrypts one secret to the public keys of those who may read it,
// so that it can be stored in the open.
//
// Each recipient gets a ciphertext of its own: an ASCII-armored age file for an
// age or SSH key, a libsodium sealed box in base64 for a key written as nacl:.
// The cryptography is that of filippo.io/age and golang.org/x/crypto/nacl/box.
//
// No error of this package repeats what it was given. A private key that was
// pasted where a public key belongs, or the two arguments of [Open] in the wrong
// order, must not end up in a log.
package seal
