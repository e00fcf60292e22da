using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Segue.Rehearsal.Hosting;
using Segue.Rehearsal.Statements;
using Segue.Rehearsal.Tasks;

namespace Segue.Rehearsal.Info;

/// <summary>/v1/query and /v1/cluster: what a coordinator says of its queries.</summary>
internal sealed class QueryEndpoint(QueryRegistry queries, Cluster cluster)
{
    public Task HandleAsync(HttpContext http, string id)
    {
        if (id.Length == 0)
            return Answer.JsonAsync(http, json =>
            {
                json.WriteStartArray();
                foreach (var query in queries.All)
                    WriteQuery(json, query);
                json.WriteEndArray();
            });
        var found = queries.Find(id);
        if (HttpMethods.IsDelete(http.Request.Method))
        {
            found?.Fail(QueryError.Canceled());
            return Answer.StatusAsync(http, 204);
        }
        // the engines answer 410 for a query that they do not know
        return found is null ? Answer.StatusAsync(http, 410) : Answer.JsonAsync(http, json => WriteQuery(json, found));
    }

    public Task HandleClusterAsync(HttpContext http) => Answer.JsonAsync(http, json =>
    {
        json.WriteStartObject();
        json.WriteNumber("runningQueries", queries.Running);
        json.WriteNumber("blockedQueries", 0);
        json.WriteNumber("queuedQueries", queries.Queued);
        json.WriteNumber("activeWorkers", cluster.Workers.Count);
        json.WriteNumber("runningDrivers", queries.Running);
        json.WriteNumber("runningTasks", queries.Running);
        json.WriteNumber("reservedMemory", 0);
        json.WriteEndObject();
    });

    private static void WriteQuery(Utf8JsonWriter json, Query query)
    {
        json.WriteStartObject();
        json.WriteString("queryId", query.Id);
        json.WriteStartObject("session");
        json.WriteString("queryId", query.Id);
        json.WriteString("user", query.Request.User);
        json.WriteString("source", query.Request.Source);
        if (query.Request.Catalog is { } catalog)
            json.WriteString("catalog", catalog);
        if (query.Request.Schema is { } schema)
            json.WriteString("schema", schema);
        json.WriteEndObject();
        json.WriteString("state", query.State);
        json.WriteBoolean("scheduled", query.State is "RUNNING" or "FINISHED");
        json.WriteString("query", query.Request.Sql);
        if (query.UpdateType is { } updateType)
            json.WriteString("updateType", updateType);
        json.WriteStartObject("queryStats");
        json.WriteString("createTime", query.Created.UtcDateTime);
        json.WriteNumber("outputPositions", query.Rows);
        json.WriteEndObject();
        if (query.Error is { } error)
        {
            json.WriteString("errorType", error.Type);
            json.WriteStartObject("errorCode");
            json.WriteNumber("code", error.Code);
            json.WriteString("name", error.Name);
            json.WriteString("type", error.Type);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }
}
