/** Problems of queries in English, for the command line and for answers of the server. */

import type { QueryProblem, WantedForm } from './query.ts'

const wanted: Readonly<Record<WantedForm, string>> = {
  number: 'a number, as 4',
  bytes: 'a size with its unit, as 8GiB or 500MB',
  duration: 'a time, as 90s, 15m, 2h, 7d or 2w',
  flag: 'yes or no',
  label: 'a label, as app or app=web',
}

/** One sentence or two: what is wrong, and what to write instead. */
export function describeProblem(problem: QueryProblem): string {
  switch (problem.code) {
    case 'too-long':
      return `The query is longer than ${problem.most} signs.`
    case 'too-many':
      return `The query has more than ${problem.most} values.`
    case 'open-quote':
      return 'A quotation mark is not closed.'
    case 'unknown-field':
      return `There is no field "${problem.field.slice(0, 60)}".${
        problem.meant === undefined ? ` There are ${problem.known.join(', ')}.` : ` Did you mean "${problem.meant}"?`
      }`
    case 'no-value':
      return `A value is missing after "${problem.field}".`
    case 'not-comparable':
      return `"${problem.field}" has no order: write "${problem.field}:value".`
    case 'bad-value':
      return `"${problem.value.slice(0, 60)}" is no value for "${problem.field}": it takes ${wanted[problem.wanted]}.`
    case 'nothing-to-exclude':
      return 'Nothing stands after "-": write "-word" or "-field:value".'
  }
}
