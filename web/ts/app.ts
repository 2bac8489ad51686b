// The script of every page: what is live on it. The page is complete without it.
document.documentElement.classList.add("live");
