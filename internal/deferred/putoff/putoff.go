// Package putoff has package deferred put off what it can. It is for main packages in which nothing else uses the packages that this concerns.
package putoff

import "gonode/internal/deferred"

func init() { deferred.PutOff() }
