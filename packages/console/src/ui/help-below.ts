/** Help under the field: fields beside each other stand on one line, however long the help of each is. */
export const helpBelow = ['label', 'input', 'description', 'error'] as const
