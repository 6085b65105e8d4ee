/** What is wrong with a query, in the reader's language. */

import type { TFunction } from 'i18next'
import type { QueryProblem } from '@berth/view'

/** Longer texts are cut: they are in the box anyway. */
const longest = 40

export function problemWords(problem: QueryProblem, t: TFunction): string {
  switch (problem.code) {
    case 'unknown-field': {
      const field = problem.field.slice(0, longest)
      return problem.meant === undefined
        ? t('problem.unknown-field', { field, known: problem.known.join(', ') })
        : t('problem.meant', { field, meant: problem.meant })
    }
    case 'bad-value':
      return t('problem.bad-value', {
        field: problem.field,
        value: problem.value.slice(0, longest),
        wanted: t(`wanted.${problem.wanted}`),
      })
    case 'no-value':
    case 'not-comparable':
      return t(`problem.${problem.code}`, { field: problem.field })
    case 'too-long':
    case 'too-many':
      return t(`problem.${problem.code}`, { most: problem.most })
    case 'open-quote':
    case 'nothing-to-exclude':
      return t(`problem.${problem.code}`)
  }
}
