// @ts-check
/**
 * Mendline in React: a provider that keeps the one connection, and hooks that follow it.
 *
 * @typedef {import('./mendline.js').Handlers} Handlers
 * @typedef {import('./mendline.js').State} State
 */
import {
  createContext, createElement, useCallback, useContext, useEffect, useRef, useSyncExternalStore,
} from 'react';
import { Connection } from './mendline.js';

const Shared = createContext(/** @type {Connection | null} */ (null));

/**
 * Connected as long as it is mounted. Make the connection once, outside of components.
 * @param {{connection: Connection, children?: import('react').ReactNode}} props
 */
export function MendlineProvider({ connection, children }) {
  useEffect(() => {
    connection.connect();
    return () => connection.disconnect();
  }, [connection]);
  return createElement(Shared.Provider, { value: connection }, children);
}

/** The connection of the provider above; raises an Error where there is none. */
export function useConnection() {
  const connection = useContext(Shared);
  if (!connection) throw new Error('no connection here: put <MendlineProvider connection={...}> above this component');
  return connection;
}

/** How the connection stands; the component is rendered anew when that changes. @returns {State} */
export function useConnectionState() {
  const connection = useConnection();
  const listen = useCallback((/** @type {() => void} */ changed) => connection.onState(changed), [connection]);
  const present = () => connection.state;
  return useSyncExternalStore(listen, present, present);
}

/**
 * Follow a group while the component is mounted; null: none. The handlers of the last render are told.
 * @param {string | null} group
 * @param {Handlers} handlers
 */
export function useGroup(group, handlers) {
  const connection = useConnection();
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });
  useEffect(() => (group === null ? undefined : connection.join(group, told(latest))), [connection, group]);
}

/** @param {{current: Handlers}} latest @returns {Handlers} */
function told(latest) {
  return {
    event: (event, frame) => latest.current.event?.(event, frame),
    changes: (frame) => latest.current.changes?.(frame),
    signal: (frame) => latest.current.signal?.(frame),
    joined: (frame) => latest.current.joined?.(frame),
    reload: (frame) => latest.current.reload?.(frame),
    refused: (frame) => latest.current.refused?.(frame),
  };
}
