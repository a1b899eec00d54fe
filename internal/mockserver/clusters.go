package mockserver

import "net/http"

const clusterConnected = "Connected"

// clusterBody is the schema DisplayedCluster. Its key is uuid, not ID, and the version is that of the cluster.
type clusterBody struct {
	UUID         string         `json:"uuid"`
	TenantID     int32          `json:"tenantId"`
	Name         string         `json:"name"`
	Domain       string         `json:"domain"`
	Version      string         `json:"version"`
	CreatedAt    timestamp      `json:"createdAt"`
	UpdatedAt    timestamp      `json:"updatedAt"`
	LastLiveness timestamp      `json:"lastLiveness"`
	Status       *clusterStatus `json:"status,omitempty"`
	DeletedAt    *timestamp     `json:"deletedAt"`
}

type clusterStatus struct {
	State string `json:"state"`
}

// listClusters returns all clusters. They have their state only with verbosity full, the default.
func listClusters(c *apiRequest) (response, error) {
	verbosity, err := c.oneOf("verbosity", "full", "metadata")
	if err != nil {
		return response{}, err
	}
	list := []clusterBody{}
	for _, u := range dropNewest(c, c.data.Clusters) {
		list = append(list, c.clusterBody(u, verbosity))
	}
	return jsonResponse(http.StatusOK, list), nil
}

func getCluster(c *apiRequest) (response, error) {
	verbosity, err := c.oneOf("verbosity", "full", "metadata")
	if err != nil {
		return response{}, err
	}
	u := c.data.cluster(c.id)
	if u == nil {
		return response{}, notFound("cluster %s", c.id)
	}
	return jsonResponse(http.StatusOK, c.clusterBody(u, verbosity)), nil
}

func (c *apiRequest) clusterBody(u *cluster, verbosity string) clusterBody {
	body := clusterBody{
		UUID: u.ID, TenantID: c.data.TenantID, Name: u.Name, Domain: u.Domain, Version: u.Version,
		CreatedAt: timestamp(u.CreatedAt), UpdatedAt: timestamp(u.CreatedAt), LastLiveness: timestamp(c.now),
	}
	if verbosity == "full" {
		body.Status = &clusterStatus{State: u.State}
	}
	return body
}
