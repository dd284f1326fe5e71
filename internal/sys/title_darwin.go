package sys

// SetTitle cannot change what ps shows here.
func SetTitle(title string) string { return title }
