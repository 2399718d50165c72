namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>Takes the layers of a network one by one and says what was expected when another comes.</summary>
internal sealed class LayerQueue(IReadOnlyList<DlibLayer> layers)
{
    private int _next;

    public T Next<T>()
        where T : DlibLayer =>
        _next < layers.Count && layers[_next] is T layer
            ? Advance(layer)
            : throw new InvalidDataException(
                $"The network is not the expected one: layer {_next} should be {typeof(T).Name}"
                + $" but is {(_next < layers.Count ? layers[_next].GetType().Name : "missing")}.");

    public bool TryNext<T>()
        where T : DlibLayer
    {
        if (_next >= layers.Count || layers[_next] is not T)
        {
            return false;
        }

        _next++;
        return true;
    }

    /// <summary>The next convolution with the affine layer that may follow it.</summary>
    public FoldedConvolution NextConvolution()
    {
        var convolution = Next<DlibConvolution>();
        var affine = _next < layers.Count ? layers[_next] as DlibAffine : null;
        if (affine is not null)
        {
            _next++;
        }

        return FoldedConvolution.From(convolution, affine);
    }

    public void ExpectEnd()
    {
        if (_next < layers.Count)
        {
            throw new InvalidDataException($"The network is not the expected one: {layers.Count - _next} layers too many.");
        }
    }

    private T Advance<T>(T layer)
    {
        _next++;
        return layer;
    }
}
