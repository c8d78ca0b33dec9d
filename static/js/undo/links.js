// Where an answer of the server says that its change is taken back: `Link: </api/…>; rel="undo"`.

/** @type {WeakMap<object, string>} */
const undos = new WeakMap();

/** Note what the headers of an answer say and give the answer. @param {Response} response @param {any} answer */
export function noteUndo(response, answer) {
  const url = /<([^>]+)>; rel="undo"/.exec(response.headers.get("Link") ?? "")?.[1];
  if (url && answer) undos.set(answer, url);
  return answer;
}

/** Give the address that takes the change of an answer back; undefined when it changed nothing. @param {object} answer */
export const undoOf = (answer) => undos.get(answer);
