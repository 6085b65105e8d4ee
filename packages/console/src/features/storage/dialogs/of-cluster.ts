/** A choice among the things of one cluster: it means nothing on another one, and is forgotten there. */

import { useState } from 'react'

/** @param first chosen from the start, on the cluster that is chosen then @param none what stands for no choice */
export function useOfCluster<Value>(
  cluster: string,
  first: Value,
  none: Value,
): [value: Value, choose: (value: Value) => void] {
  const [held, setHeld] = useState({ cluster, value: first })
  return [held.cluster === cluster ? held.value : none, (value) => setHeld({ cluster, value })]
}
