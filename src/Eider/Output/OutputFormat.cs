namespace Eider.Output;

/// <summary>The form that events are shown in, as given with <c>-o</c>.</summary>
public enum OutputFormat
{
    /// <summary>Columns for a person.</summary>
    Table,

    /// <summary>One line of text an event.</summary>
    Compact,

    /// <summary>One JSON object a line.</summary>
    Json,
}
