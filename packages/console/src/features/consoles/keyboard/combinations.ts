/** Key combinations that a browser or its system keeps for itself, to be sent from a menu. */

export interface Key {
  code: string
  keysym: number
}

export interface Combination {
  id: string
  /** As people say it; the same in every language. */
  label: string
  keys: readonly Key[]
}

const control: Key = { code: 'ControlLeft', keysym: 0xffe3 }
const alt: Key = { code: 'AltLeft', keysym: 0xffe9 }
const meta: Key = { code: 'MetaLeft', keysym: 0xffeb }
const printScreen: Key = { code: 'PrintScreen', keysym: 0xff61 }
const functionKey = (number: number): Key => ({ code: `F${number}`, keysym: 0xffbd + number })

const of = (label: string, ...keys: Key[]): Combination => ({ id: label.toLowerCase(), label, keys })

export const combinations: readonly Combination[] = [
  of('Ctrl+Alt+Del', control, alt, { code: 'Delete', keysym: 0xffff }),
  of('Ctrl+Alt+Backspace', control, alt, { code: 'Backspace', keysym: 0xff08 }),
  of('Alt+Tab', alt, { code: 'Tab', keysym: 0xff09 }),
  of('Alt+F4', alt, functionKey(4)),
  of('Ctrl+W', control, { code: 'KeyW', keysym: 0x77 }),
  of('Ctrl+Esc', control, { code: 'Escape', keysym: 0xff1b }),
  of('Super', meta),
  of('Super+L', meta, { code: 'KeyL', keysym: 0x6c }),
  of('PrintScreen', printScreen),
  of('Alt+PrintScreen', alt, printScreen),
  ...[1, 2, 3, 4, 5, 6, 7].map((number) => of(`Ctrl+Alt+F${number}`, control, alt, functionKey(number))),
]
