// @ts-check
/** Small things that every part of the page shows. */

/** @param {string} id @returns {any} */
export const part = (id) => document.getElementById(id);

/**
 * An element with what it holds: text is text, whatever characters it has.
 * @param {string} name
 * @param {Record<string, string>} attributes
 * @param {(string | Node)[]} inside
 */
export function element(name, attributes = {}, ...inside) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...inside);
  return made;
}

/** @param {string} type `refresh_started` @returns {string} */
export const words = (type) => type.replaceAll('_', ' ');

/** @param {string} at @returns {HTMLElement} */
export function clock(at) {
  const time = new Date(at);
  const [hours, minutes, seconds] = [time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits);
  const shown = `${hours}:${minutes}:${seconds}.${String(time.getMilliseconds()).padStart(3, '0')}`;
  return element('time', { datetime: at, title: time.toLocaleString() }, shown);
}

/** @param {number} number */
const twoDigits = (number) => String(number).padStart(2, '0');

/** @param {any} pill @param {string} status @param {string} [text] */
export function showPill(pill, status, text = words(status)) {
  pill.hidden = false;
  pill.dataset.status = status;
  pill.textContent = text;
}

/**
 * Do what a person asked for; what goes wrong is shown beside it.
 * @param {string} place the id of the element for problems
 * @param {() => Promise<void>} act
 */
export async function trying(place, act) {
  part(place).textContent = '';
  try {
    await act();
  } catch (/** @type {any} */ error) {
    part(place).textContent = error.detail ?? error.message;
  }
}
