/** Fields that hold code. */
export const mono = { input: { fontFamily: 'var(--font-mono)', fontSize: 'var(--text-sm)' } }
