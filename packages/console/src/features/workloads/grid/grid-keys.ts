/** What a key means in the grid. Pure: the grid does it. */

/** Row -1 is the head. */
export interface Place {
  row: number
  column: number
}

export interface KeyPress {
  key: string
  shift: boolean
  control: boolean
  alt: boolean
}

export type GridAction =
  | { do: 'move'; to: Place; extend: boolean }
  | { do: 'toggle' }
  | { do: 'all' }
  | { do: 'clear' }
  | { do: 'open' }
  | { do: 'menu' }
  /** Of a column head. */
  | { do: 'sort'; add: boolean }
  | { do: 'move-column'; by: 1 | -1 }
  | { do: 'resize-column'; by: number }
  | { do: 'type'; letter: string }

export interface GridShape {
  rows: number
  columns: number
  /** Rows that one screen shows. */
  page: number
  rightToLeft: boolean
}

const resizeStep = 16

/** @returns undefined: not a key of the grid */
export function actionOf(press: KeyPress, at: Place, shape: GridShape): GridAction | undefined {
  const sideways = press.key === 'ArrowLeft' || press.key === 'ArrowRight'
  if (sideways) return sidewaysAction(press, at, shape)
  if (press.alt) return undefined
  const { control, shift } = press
  const move = (row: number, column = at.column): GridAction => ({
    do: 'move',
    to: { row: within(row, -1, shape.rows - 1), column: within(column, 0, shape.columns - 1) },
    extend: shift && at.row >= 0,
  })
  // Page by page one stays in the rows: the head is a step further.
  const movePage = (row: number): GridAction => move(within(row, 0, shape.rows - 1))
  switch (press.key) {
    case 'ArrowDown':
      return control ? undefined : move(at.row + 1)
    case 'ArrowUp':
      return control ? undefined : move(shift ? Math.max(0, at.row - 1) : at.row - 1)
    case 'PageDown':
      return movePage(at.row + shape.page)
    case 'PageUp':
      return movePage(at.row - shape.page)
    case 'Home':
      return control || shift ? movePage(0) : move(at.row, 0)
    case 'End':
      return control || shift ? movePage(shape.rows - 1) : move(at.row, shape.columns - 1)
    case 'Enter':
      if (at.row < 0) return { do: 'sort', add: shift }
      return control ? undefined : { do: 'open' }
    case ' ':
      if (at.row < 0) return { do: 'sort', add: shift }
      return { do: 'toggle' }
    case 'ContextMenu':
      return { do: 'menu' }
    case 'F10':
      return shift ? { do: 'menu' } : undefined
    case 'Escape':
      return { do: 'clear' }
    default:
      if (control) return press.key.toLowerCase() === 'a' && !shift ? { do: 'all' } : undefined
      // `/` and `?` belong to the whole page.
      return /^.$/su.test(press.key) && at.row >= 0 && !'/?'.includes(press.key)
        ? { do: 'type', letter: press.key }
        : undefined
  }
}

function sidewaysAction(press: KeyPress, at: Place, shape: GridShape): GridAction | undefined {
  const by = (press.key === 'ArrowRight') === shape.rightToLeft ? -1 : 1
  if (at.row < 0 && press.alt) return { do: 'move-column', by }
  if (at.row < 0 && press.shift) return { do: 'resize-column', by: by * resizeStep }
  if (press.alt || press.control) return undefined
  const column = within(at.column + by, 0, shape.columns - 1)
  return { do: 'move', to: { row: at.row, column }, extend: false }
}

function within(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value))
}
