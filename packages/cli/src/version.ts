/** This program's version, as its package says. */

export const productVersion = '0.1.0'
