using System.Text.Json;

namespace Segue.Core.Protocol;

/// <summary>The error of a page, the coordinator's or Segue's own.</summary>
/// <param name="Name">E.g. <c>SYNTAX_ERROR</c>; people and clients look for it.</param>
/// <param name="Code">The engines' number of that name.</param>
/// <param name="Type">USER_ERROR, INTERNAL_ERROR, INSUFFICIENT_RESOURCES or EXTERNAL.</param>
/// <param name="Message">What the user reads.</param>
public sealed record PageError(string Name, int Code, string Type, string Message)
{
    /// <summary>The coordinator takes statements but cannot run them: it is starting or ending; never a result (R6.4).</summary>
    public bool IsNotReady => Name is "SERVER_STARTING_UP" or "SERVER_SHUTTING_DOWN";

    /// <summary>Reads the field that <paramref name="reader"/> stands on; null where its value is not an object.</summary>
    internal static PageError? Read(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.TrySkip();
            return null;
        }
        var error = new PageError("", 0, "", "");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("errorName"u8))
                error = error with { Name = JsonText.StringOrNull(ref reader) ?? "" };
            else if (reader.ValueTextEquals("errorType"u8))
                error = error with { Type = JsonText.StringOrNull(ref reader) ?? "" };
            else if (reader.ValueTextEquals("message"u8))
                error = error with { Message = JsonText.StringOrNull(ref reader) ?? "" };
            else
            {
                var isCode = reader.ValueTextEquals("errorCode"u8);
                reader.Read();
                if (isCode && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var code))
                    error = error with { Code = code };
                reader.TrySkip();
            }
        }
        return error;
    }
}
