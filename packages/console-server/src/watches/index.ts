export {
  type AccessQuestion,
  type ChangeListener,
  type Feed,
  type FollowOptions,
  type Rights,
  type Variant,
  type View,
  type Visibility,
  type WatchState,
  type Watches,
  type Where,
} from './contract.ts'
