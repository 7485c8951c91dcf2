"use strict";
// Choices between contents: each list of options shows the one that it names, and hides the others.

for (const list of document.querySelectorAll("select[data-chooses]")) {
  const options = [...list.closest(".choice").children].filter((child) => child.dataset.choice !== undefined);
  const show = () => options.forEach((option) => { option.hidden = option.dataset.choice !== list.value; });
  list.addEventListener("change", show);
  show();
}
