// The page that changes many pictures: whoever ticks a picture means the ticked ones. The server asks where both are meant.

document.addEventListener("change", ({ target }) => {
  if (target?.name === "ids" && target.checked) document.getElementById("bulk-ticked").checked = true;
});
