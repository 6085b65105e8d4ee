export { CapacityOf } from './capacity.tsx'
export { hostsRoutes } from './routes.tsx'
