import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { actionOf, type GridShape } from './grid-keys.ts'

const shape: GridShape = { rows: 100, columns: 5, page: 20, rightToLeft: false }
const plain = { shift: false, control: false, alt: false }

describe('keys of the grid', () => {
  it.each([
    ['ArrowDown', {}, { row: 3, column: 2 }, { row: 4, column: 2 }],
    ['ArrowDown', {}, { row: 99, column: 2 }, { row: 99, column: 2 }],
    ['ArrowUp', {}, { row: 0, column: 2 }, { row: -1, column: 2 }],
    ['ArrowRight', {}, { row: 3, column: 4 }, { row: 3, column: 4 }],
    ['ArrowLeft', {}, { row: 3, column: 4 }, { row: 3, column: 3 }],
    ['Home', {}, { row: 3, column: 4 }, { row: 3, column: 0 }],
    ['End', {}, { row: 3, column: 0 }, { row: 3, column: 4 }],
    ['Home', { control: true }, { row: 30, column: 4 }, { row: 0, column: 4 }],
    ['End', { control: true }, { row: 3, column: 1 }, { row: 99, column: 1 }],
    ['PageDown', {}, { row: 3, column: 1 }, { row: 23, column: 1 }],
    ['PageUp', {}, { row: 3, column: 1 }, { row: 0, column: 1 }],
  ])('%s %o goes from %o to %o', (key, with_, from, to) => {
    expect(actionOf({ ...plain, ...with_, key }, from, shape)).toEqual({ do: 'move', to, extend: false })
  })

  it('extends the selection with shift, and does not reach the head by it', () => {
    expect(actionOf({ ...plain, key: 'ArrowDown', shift: true }, { row: 3, column: 1 }, shape)).toMatchObject({
      to: { row: 4 },
      extend: true,
    })
    expect(actionOf({ ...plain, key: 'ArrowUp', shift: true }, { row: 0, column: 1 }, shape)).toMatchObject({
      to: { row: 0 },
      extend: true,
    })
  })

  it.each([
    ['Enter', {}, 3, { do: 'open' }],
    [' ', {}, 3, { do: 'toggle' }],
    ['a', { control: true }, 3, { do: 'all' }],
    ['a', {}, 3, { do: 'type', letter: 'a' }],
    ['ß', {}, 3, { do: 'type', letter: 'ß' }],
    ['/', {}, 3, undefined],
    ['a', { alt: true }, 3, undefined],
    ['Tab', {}, 3, undefined],
    ['ContextMenu', {}, 3, { do: 'menu' }],
    ['F10', { shift: true }, 3, { do: 'menu' }],
    ['Escape', {}, 3, { do: 'clear' }],
    ['Enter', {}, -1, { do: 'sort', add: false }],
    ['Enter', { shift: true }, -1, { do: 'sort', add: true }],
    ['ArrowRight', { alt: true }, -1, { do: 'move-column', by: 1 }],
    ['ArrowLeft', { shift: true }, -1, { do: 'resize-column', by: -16 }],
    ['ArrowLeft', { alt: true }, 3, undefined],
  ] as const)('%s %o in row %i means %o', (key, with_, row, expected) => {
    expect(actionOf({ ...plain, ...with_, key }, { row, column: 1 }, shape)).toEqual(expected)
  })

  it('follows the direction of writing', () => {
    const rightToLeft = { ...shape, rightToLeft: true }
    expect(actionOf({ ...plain, key: 'ArrowLeft' }, { row: 3, column: 1 }, rightToLeft)).toMatchObject({
      to: { row: 3, column: 2 },
    })
  })

  it('never leaves the grid', () => {
    const keys = fc.constantFrom('ArrowDown', 'ArrowUp', 'ArrowLeft', 'ArrowRight', 'Home', 'End', 'PageUp', 'PageDown')
    fc.assert(
      fc.property(
        fc.array(fc.tuple(keys, fc.boolean(), fc.boolean())),
        fc.integer({ min: 1, max: 50 }),
        (presses, rows) => {
          let at = { row: 0, column: 0 }
          for (const [key, shift, control] of presses) {
            const action = actionOf({ key, shift, control, alt: false }, at, { ...shape, rows })
            if (action?.do === 'move') at = action.to
            expect(at.row).toBeGreaterThanOrEqual(-1)
            expect(at.row).toBeLessThan(rows)
            expect(at.column).toBeGreaterThanOrEqual(0)
            expect(at.column).toBeLessThan(5)
          }
        },
      ),
    )
  })
})
