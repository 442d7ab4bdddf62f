// Before the page is drawn: with JavaScript only the tab in front is shown.
document.documentElement.dataset.tabbed = "";
