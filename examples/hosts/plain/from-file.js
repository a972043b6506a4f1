// A classic script: it also runs in a page that was opened as a file.
document.getElementById("from-file").hidden = location.protocol !== "file:";
